import type { Chain, Finding } from './heads.ts';
import { followHeads } from './heads.ts';
import type { AuditedEvent, Head, Heads } from './heads.ts';
import { SourceDamaged } from './source.ts';
import type { Tally } from './report.ts';
import type { Witness } from './witness.ts';

/**
 * Checks events in the log's order against their chains and against what was signed.
 * @returns where each stream ends.
 */
export const checkEvents = async (
  pages: AsyncIterable<readonly AuditedEvent[]>,
  { chain, witness, tally }: { readonly chain: Chain; readonly witness: Witness; readonly tally: Tally },
): Promise<Heads> => {
  const { coverage } = witness;
  const heads = followHeads(chain);
  tally.count(0, witness.findings);
  const isWhole = await untilUnreadable(tally, async () => {
    for await (const events of pages)
      tally.count(
        events.length,
        events.flatMap((event) => [...coverage.seen(event), ...[heads.check(event) ?? []].flat()]),
      );
  });
  if (isWhole) tally.count(0, coverage.missing());
  // A digest says that something differs, not what: it is of use where nothing else was found.
  if (tally.isIntact()) tally.count(0, coverage.orderFlaws());
  return heads;
};

const untilUnreadable = async (tally: Tally, read: () => Promise<void>): Promise<boolean> => {
  try {
    await read();
    return true;
  } catch (error) {
    if (!(error instanceof SourceDamaged)) throw error;
    tally.count(0, [damageOf(error), notLookedAt]);
    return false;
  }
};

const damageOf = ({ stream, revision, message }: SourceDamaged): Finding => ({
  ...{ stream, revision },
  detail: message,
});

const notLookedAt: Finding = {
  ...{ stream: 'unknown', revision: -1 },
  detail: 'what follows it in the log was not looked at: it cannot be read past',
};

export const tailFlaw = (stream: string, { revision }: Head, total = 0): readonly Finding[] =>
  revision >= total - 1
    ? []
    : [{ stream, revision: revision + 1, detail: 'the stream ends before its head' }];
