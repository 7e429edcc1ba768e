import { Option } from 'commander';

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
