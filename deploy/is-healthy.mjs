// Exits with 0 where the address in the argument answers well: the image has no other client.
const PATIENCE_MS = 4000;

const isHealthy = async (url) => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
  } catch {
    return false;
  }
};

process.exitCode = (await isHealthy(process.argv[2])) ? 0 : 1;
