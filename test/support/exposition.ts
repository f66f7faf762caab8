// Prometheus' text format, read strictly: what a scraper would refuse throws.
export type ExposedSample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};
type ExposedFamily = { readonly type: string; readonly help: string; readonly samples: ExposedSample[] };
export type Exposed = {
  readonly families: ReadonlyMap<string, ExposedFamily>;
  /** The one sample with these labels and no others; undefined where there is none. */
  readonly valueOf: (name: string, labels?: Readonly<Record<string, string>>) => number | undefined;
  readonly samples: readonly ExposedSample[];
};

const HELP = /^# HELP ([A-Za-z_:][A-Za-z0-9_:]*) (.+)$/;
const TYPE = /^# TYPE ([A-Za-z_:][A-Za-z0-9_:]*) (counter|gauge|histogram|summary)$/;
// Values as Go reads numbers: of NaN case does not count.
const SAMPLE = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? ([Nn]a[Nn]|[+-]?Inf|[+-]?\d[\d.e+-]*)$/;
const LABEL = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const PARTS = /_(?:bucket|sum|count)$/;

export const readExposition = (text: string): Exposed => {
  if (!text.endsWith('\n')) throw new Error('the last line must end');
  const families = new Map<string, ExposedFamily>();
  const helps = new Map<string, string>();
  const take = (line: string): void => {
    const [, helped, help = ''] = HELP.exec(line) ?? [];
    const [, typed, type = ''] = TYPE.exec(line) ?? [];
    if (helped !== undefined) helps.set(helped, help);
    else if (typed !== undefined) begin(families, typed, { type, help: helps.get(typed) ?? '', samples: [] });
    else familyOf(families, sampleOf(line));
  };
  text
    .split('\n')
    .filter((line) => line !== '')
    .forEach(take);
  const samples = [...families.values()].flatMap((family) => family.samples);
  checkUnique(samples);
  return {
    families,
    samples,
    valueOf: (name, labels = {}) =>
      samples.find((sample) => keyOf(sample) === keyOf({ name, labels }))?.value,
  };
};

const begin = (families: Map<string, ExposedFamily>, name: string, family: ExposedFamily): void => {
  if (families.has(name)) throw new Error(`${name} is there twice`);
  if (family.help === '') throw new Error(`${name} has no help`);
  families.set(name, family);
};

/** Samples come after the type of their family. */
const familyOf = (families: ReadonlyMap<string, ExposedFamily>, sample: ExposedSample): void => {
  const family = families.get(sample.name) ?? families.get(sample.name.replace(PARTS, ''));
  if (family === undefined) throw new Error(`${sample.name} has no type`);
  family.samples.push(sample);
};

const sampleOf = (line: string): ExposedSample => {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
  return { name, labels: labelsOf(labels), value: Number(value.replace('Inf', 'Infinity')) };
};

const labelsOf = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length;) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not labels: ${text}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
};

const keyOf = ({ name, labels }: Pick<ExposedSample, 'name' | 'labels'>): string =>
  JSON.stringify([name, ...Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1))]);

const checkUnique = (samples: readonly ExposedSample[]): void => {
  const seen = new Set<string>();
  for (const key of samples.map(keyOf)) {
    if (seen.has(key)) throw new Error(`${key} is there twice`);
    seen.add(key);
  }
};
