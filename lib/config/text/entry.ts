/** What both formats are read into: MM2's flat keys, each with its value as written and its line. */
export interface Entry {
  /** In full, as mm2.properties spells it: `source->target.topics`. */
  key: string;
  value: string;
  /** Present where the file wrote a list, whose elements may then hold commas. */
  items?: readonly string[];
  /** From 1. */
  line: number;
}

/** A problem of the text itself; the file is known to the caller. */
export interface TextProblem {
  line: number;
  key: string;
  found: string;
  expected: string;
}

export interface ParsedText {
  /** In file order; a key may be there twice. */
  entries: Entry[];
  problems: TextProblem[];
}
