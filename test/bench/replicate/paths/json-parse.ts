import type { OpenPath } from './path.ts';

/** The floor under all paths: nothing but the parsing that Lambda's runtime does before a handler. */
export const openPath: OpenPath = async () => ({
  async handle(text) {
    JSON.parse(text);
  },
});
