/** Quotes a text, so that a POSIX shell reads it as it is and as one word. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Quotes only a word in which a shell would see more than its letters. */
export const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word));

/** Joins words to the command line that a shell splits into the same words. */
export const commandLine = (argv: readonly string[]): string => argv.map(shellWord).join(" ");
