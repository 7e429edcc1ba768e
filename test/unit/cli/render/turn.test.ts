import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type TurnReport, turnExitCode } from '../../../../lib/cli/flows/turn.ts';
import {
  explainTurn,
  renderTurn,
  turnJson,
  turnQuestion,
} from '../../../../lib/cli/render/turn.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';

const refusal = new MirrorlessError('LAMBDA_REFUSED', 'AccessDenied.');

const report: TurnReport = {
  flow: 'us->eu',
  to: 'pause',
  dryRun: false,
  isWhole: false,
  topics: [
    { topic: 'a', outcome: 'turned', state: 'Disabling' },
    { topic: 'b', outcome: 'as-wanted', state: 'Disabled' },
    { topic: 'c', outcome: 'unmapped' },
    { topic: 'd', outcome: 'waiting', state: 'Updating', reason: 'Lambda is at work' },
    { topic: 'e', outcome: 'refused', state: 'Enabled', error: refusal },
  ],
  absent: ['odd\u001b'],
  pauses: { flow: false, topics: new Set(['a', 'b', 'c', 'd', 'e']) },
  isNoted: true,
  failures: [],
};
const resumed: TurnReport = { ...report, to: 'resume', topics: [], absent: [] };

it('shows what became of each topic', () => {
  assert.deepEqual(renderTurn(report), [
    'TOPIC  MAPPING    OUTCOME',
    'a      Disabling  paused',
    'b      Disabled   reads nothing already',
    'c      none       no mapping yet: it begins disabled',
    'd      Updating   waits: Lambda is at work',
    'e      Enabled    refused: LAMBDA_REFUSED',
  ]);
  assert.deepEqual(renderTurn(resumed), []);
  const held: TurnReport = { ...resumed, topics: [{ topic: 'a', outcome: 'held' }] };
  assert.match(renderTurn(held)[1]!, /none +stays paused: by its own pause$/);
  const flowPaused = { ...held, pauses: { flow: true, topics: new Set<string>() } };
  assert.match(renderTurn(flowPaused)[1]!, /stays paused: the flow is$/);
  assert.match(renderTurn({ ...report, dryRun: true })[1]!, /would pause$/);
  const halted = {
    topic: 'a',
    outcome: 'halted',
    reason: 'the topic is source-recreated',
  } as const;
  const refused = { ...resumed, topics: [halted] };
  assert.match(renderTurn(refused)[1]!, /stays disabled: the topic is source-recreated$/);
  assert.deepEqual(explainTurn(refused), [
    'what was detected must be dealt with first: see `mirrorless status`',
  ]);
});

it('explains what waits, what is absent and what was refused', () => {
  assert.deepEqual(explainTurn(report), [
    'Lambda takes up to 90 s until this has effect; `mirrorless status` shows it',
    'what waits is turned by the same command again, or by discovery where it is a pause',
    'warning: us->eu has no topic odd\\u{1b} to pause',
    `warning: ${refusal.message}`,
  ]);
  const whole = { ...report, isWhole: true, topics: [], absent: [] };
  assert.match(explainTurn(whole)[0]!, /us->eu is paused; .* found later begin disabled/);
  assert.deepEqual(explainTurn({ ...whole, dryRun: true }), []);
});

it('asks only where there is something to do', () => {
  assert.equal(turnQuestion(report), 'Pause 2 event source mappings of us->eu?');
  const noted = { ...report, topics: [] };
  assert.match(turnQuestion(noted)!, /^Pause us->eu, of which no mapping is to be turned\?/);
  assert.equal(turnQuestion({ ...noted, isNoted: false }), undefined);
});

it('gives machines every outcome', () => {
  const json = JSON.parse(JSON.stringify(turnJson(report)));
  assert.deepEqual(
    [json.flow, json.to, json.dryRun, json.flowPaused],
    ['us->eu', 'pause', false, false],
  );
  assert.deepEqual(json.topics[4], {
    topic: 'e',
    outcome: 'refused',
    paused: true,
    mappingState: 'Enabled',
    reason: null,
    error: { code: refusal.code, message: refusal.message },
  });
});

it('ends with what was not done', () => {
  const of = (...outcomes: TurnReport['topics'][number]['outcome'][]): TurnReport => ({
    ...report,
    absent: [],
    isNoted: false,
    topics: outcomes.map((outcome) => ({ topic: outcome, outcome })),
  });
  const table: [TurnReport, number][] = [
    [of(), 0],
    [of('turned', 'as-wanted', 'unmapped', 'held'), 0],
    [of('turned', 'waiting'), 4],
    [of('turned', 'refused'), 4],
    [of('turned', 'halted'), 4],
    [of('halted'), 1],
    [of('refused'), 1],
    [{ ...of('refused'), isNoted: true }, 4],
    [{ ...of('turned'), absent: ['x'] }, 4],
    [{ ...of(), absent: ['x'] }, 1],
    [{ ...of(), absent: ['x'], failures: [refusal] }, 1],
  ];
  for (const [one, expected] of table) assert.equal(turnExitCode(one), expected);
});
