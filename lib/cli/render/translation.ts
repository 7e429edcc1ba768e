import type { Translation } from '../../state/ports.ts';
import type { TranslatedOffsets } from '../offsets/translate-offsets.ts';
import { type Cell, type Column, type Paint, plain, renderTable, type Style } from './table.ts';

const columns = {
  topic: { title: 'TOPIC' },
  remoteTopic: { title: 'REMOTE-TOPIC' },
  partition: { title: 'PARTITION', align: 'right' },
  offset: { title: 'OFFSET', align: 'right' },
  remoteOffset: { title: 'REMOTE-OFFSET', align: 'right' },
  status: { title: 'STATUS' },
} satisfies Record<string, Column>;

const styles: Record<Translation['status'], Style> = {
  exact: 'green',
  ahead: 'yellow',
  sampled: 'yellow',
  'before-map': 'red',
  'no-map': 'red',
};

/** From left to right in the direction of the translation. */
export function renderTranslation(result: TranslatedOffsets, paint: Paint = plain): string[] {
  const { topic, partition, offset, remoteTopic, remoteOffset, status } = columns;
  const { translations, offsets, direction } = result;
  const isReverse = direction === 'upstream';
  const shown: readonly Column[] = isReverse
    ? [remoteTopic, partition, remoteOffset, topic, offset, status]
    : [topic, partition, offset, remoteTopic, remoteOffset, status];
  const [from, to] = [result.topic, result.remoteTopic];
  const rows = translations.map((translation, index): Cell[] => [
    isReverse ? to : from,
    String(result.partition),
    String(offsets[index]),
    isReverse ? from : to,
    'offset' in translation ? String(translation.offset) : '-',
    { text: translation.status, style: styles[translation.status] },
  ]);
  return renderTable(shown, rows, paint);
}

/** One sentence for each kind of answer that is no offset; none where all are exact. */
export function explainTranslation(result: TranslatedOffsets): string[] {
  const { map, direction, topic, remoteTopic, partition, flow, translations } = result;
  if (map === undefined) return [];
  const statuses = new Set(translations.map(({ status }) => status));
  const from = `${direction === 'upstream' ? remoteTopic : topic}-${partition}`;
  const { start, end } = direction === 'upstream' ? map.downstream : map.upstream;
  const bounds = `the map of ${from} begins at offset ${start} and ends before ${end}`;
  const lines: string[] = [];
  if (statuses.has('ahead')) {
    lines.push(`ahead: ${bounds}; what lies beyond is not copied yet`);
  }
  if (statuses.has('sampled')) {
    const what = `${bounds}; MirrorMaker 2 copied what lies before, and by its offset syncs`;
    lines.push(`sampled: ${what} the exact place is the one shown or later`);
  }
  if (statuses.has('before-map')) {
    lines.push(`before-map: ${bounds}; what lies before was never copied by ${flow}, or is gone`);
  }
  return lines;
}

/** Names and types stay as they are. */
export function translationJson(result: TranslatedOffsets): object {
  const { flow, direction, topic, remoteTopic, partition, map, offsets, translations } = result;
  const stretch = ({ start, end }: { start: bigint; end: bigint }) => ({
    start: String(start),
    end: String(end),
  });
  return {
    flow,
    direction,
    topic,
    remoteTopic,
    partition,
    map:
      map === undefined
        ? null
        : { upstream: stretch(map.upstream), downstream: stretch(map.downstream) },
    translations: translations.map((translation, index) => ({
      offset: String(offsets[index]),
      status: translation.status,
      translated: 'offset' in translation ? String(translation.offset) : null,
    })),
  };
}
