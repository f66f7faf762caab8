/** The rows of the table whose first column has this title, cell by cell, without code marks. */
export const tableRows = (markdown: string, title: string): readonly (readonly string[])[] => {
  const [, table = ''] = markdown.split(`| ${title} |`);
  const rows = /^.*?\n\|-.*?\n(.*?)\n\n/s.exec(`${table}\n\n`)?.[1] ?? '';
  return rows.split('\n').map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
};
