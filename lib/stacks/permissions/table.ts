import { kafkaActions } from './kafka-cluster.ts';
import { permissions } from './registry.ts';

/** The tables of docs/permissions.md; a test holds them equal. */
export const permissionTables: Readonly<Record<string, () => string>> = {
  permissions: () =>
    table(
      ['Statement', 'Functions', 'Actions', 'On', 'Why'],
      permissions.map(({ id, functions, actions, on, why, effect }) => [
        `\`${id}\`${effect === 'Deny' ? ' (Deny)' : ''}`,
        functions.length === 4 ? 'all' : functions.join(', '),
        actions.map((action) => `\`${action}\``).join(', '),
        on,
        why,
      ]),
    ),
  'kafka-actions': () =>
    table(
      ['Resource', 'Operation', 'Actions'],
      Object.entries(kafkaActions).flatMap(([resource, operations]) =>
        Object.entries(operations).map(([operation, actions]) => [
          resource,
          operation,
          actions.map((action) => `\`kafka-cluster:${action}\``).join(', '),
        ]),
      ),
    ),
};

function table(titles: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
