/** What SHA-256 (FIPS 180-4) starts from. */
export const INITIAL = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

const CONSTANTS = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);

const WORDS = 16;
const ROUNDS = 64;
const schedule = new Int32Array(ROUNDS);

/** The state behind `before` once a block of 16 words was taken in, into `after`, which may be the same. */
export const compress = (before: Int32Array, block: Int32Array, after: Int32Array): void => {
  plan(block);
  let a = word(before, 0);
  let b = word(before, 1);
  let c = word(before, 2);
  let d = word(before, 3);
  let e = word(before, 4);
  let f = word(before, 5);
  let g = word(before, 6);
  let h = word(before, 7);
  for (let at = 0; at < ROUNDS; at += 1) {
    const one = (h + big1(e) + (g ^ (e & (f ^ g))) + word(CONSTANTS, at) + word(schedule, at)) | 0;
    const two = (big0(a) + ((a & (b | c)) | (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  after[0] = word(before, 0) + a;
  after[1] = word(before, 1) + b;
  after[2] = word(before, 2) + c;
  after[3] = word(before, 3) + d;
  after[4] = word(before, 4) + e;
  after[5] = word(before, 5) + f;
  after[6] = word(before, 6) + g;
  after[7] = word(before, 7) + h;
};

const plan = (block: Int32Array): void => {
  schedule.set(block);
  for (let at = WORDS; at < ROUNDS; at += 1) {
    const near = small0(word(schedule, at - 15)) + word(schedule, at - 16);
    schedule[at] = (near + small1(word(schedule, at - 2)) + word(schedule, at - 7)) | 0;
  }
};

const word = (words: Int32Array, at: number): number => words[at] ?? 0;
const small0 = (x: number): number => ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
const small1 = (x: number): number => ((x >>> 17) | (x << 15)) ^ ((x >>> 19) | (x << 13)) ^ (x >>> 10);
const big0 = (x: number): number =>
  ((x >>> 2) | (x << 30)) ^ ((x >>> 13) | (x << 19)) ^ ((x >>> 22) | (x << 10));
const big1 = (x: number): number =>
  ((x >>> 6) | (x << 26)) ^ ((x >>> 11) | (x << 21)) ^ ((x >>> 25) | (x << 7));
