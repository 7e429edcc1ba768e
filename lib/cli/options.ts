import { InvalidArgumentError, Option } from 'commander';

/** Options that several commands share, so that they mean the same in all. */
export function configurationOption(): Option {
  return new Option(
    '-c, --config <file>',
    'mm2.properties or mirrorless.yaml',
  ).makeOptionMandatory();
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'of the result on standard output')
    .choices(['table', 'json'])
    .default('table');
}

/** @param until what ends it */
export function watchOption(until: string): Option {
  return new Option('--watch', `look again every two seconds, ${until}`);
}

export function readSeconds(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0 && Number(text) <= 604_800) return Number(text);
  throw new InvalidArgumentError('It is a whole number of seconds, a week at most.');
}

export function topicOption(): Option {
  return new Option('--topic <topic...>', 'only these topics of the source, or remote topics');
}
