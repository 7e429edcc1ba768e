/** The configuration of a construct: a file, or the same keys in code. */
import { readFileSync } from 'node:fs';
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { clusterKeys, flowKeys, KeyDefinition } from '../config/keys.ts';
import { type ConfigurationText, loadConfiguration } from '../config/load.ts';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import { renderProblems } from '../config/render.ts';
import { MirrorlessError } from '../errors.ts';

export interface FlowInFile {
  /** Path of mirrorless.yaml or mm2.properties. */
  file: string;
  /**
   * `source->target`.
   * @default - the only one that is enabled
   */
  flow?: string;
}

type InCode<K> = K extends KeyDefinition<infer T, infer _> ? T : never;
type Settings<Keys> = { readonly [K in keyof Keys]?: InCode<Keys[K]> };

/** A cluster in the keys of mirrorless.yaml; see the table of the README for what they mean. */
export type ClusterInCode = { readonly alias: string } & Settings<typeof clusterKeys> & {
    readonly [key in `security.protocol` | `sasl.${string}` | `ssl.${string}`]?: string;
  };

/** A flow in the keys of mirrorless.yaml. */
export interface FlowInCode {
  source: ClusterInCode;
  target: ClusterInCode;
  /**
   * Keys of the flow.
   * @default - as MirrorMaker 2 has them
   */
  settings?: Settings<typeof flowKeys>;
}

export interface LoadedFlow {
  configuration: Configuration;
  flow: Flow;
}

/** Warnings become the construct’s. Throws CONFIGURATION_INVALID or CONFIGURATION_UNREADABLE. */
export function loadedFlow(construct: Construct, props: FlowInCode | FlowInFile): LoadedFlow {
  const text = 'file' in props ? fileText(props.file) : codeText(construct, props);
  const configuration = loadDeployable(text, (warnings) => {
    Annotations.of(construct).addWarningV2('mirrorless:configuration', warnings);
  });
  const name = 'file' in props ? props.flow : `${props.source.alias}->${props.target.alias}`;
  return { configuration, flow: chosen(configuration, name) };
}

/** A configuration that can be deployed, or one error with everything that is wrong. */
export function loadDeployable(
  text: Pick<ConfigurationText, 'text' | 'file' | 'format'>,
  warn: (warnings: string) => void,
): Configuration {
  const options = { ...text, environment: process.env, forDeployment: true };
  const { configuration, problems = [], warnings } = loadConfiguration(options);
  if (configuration === undefined) {
    const all = renderProblems(problems, warnings).trimEnd();
    throw new MirrorlessError('CONFIGURATION_INVALID', `\n${all}\n`);
  }
  if (warnings.length > 0) warn(renderProblems([], warnings).trimEnd());
  return configuration;
}

export function fileText(file: string): { text: string; file: string } {
  try {
    return { text: readFileSync(file, 'utf8'), file };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new MirrorlessError('CONFIGURATION_UNREADABLE', `${file} ${why}.`, { cause });
  }
}

/** JSON is YAML: the one loader checks what stands in code too. */
function codeText(construct: Construct, { source, target, settings = {} }: FlowInCode) {
  const { alias: sourceAlias, ...ofSource } = source;
  const { alias: targetAlias, ...ofTarget } = target;
  const document = {
    clusters: { [sourceAlias]: ofSource, [targetAlias]: ofTarget },
    flows: { [`${sourceAlias}->${targetAlias}`]: settings },
  };
  return {
    text: JSON.stringify(document, null, 1),
    file: construct.node.path,
    format: 'yaml' as const,
  };
}

function chosen({ flows, file }: Configuration, name: string | undefined): Flow {
  const enabled = flows.filter((flow) => flow.enabled);
  const found = flows.find((flow) => flowName(flow) === name);
  const only = name === undefined && enabled.length === 1 ? enabled[0] : found;
  if (only !== undefined) return only;
  const names = (name === undefined ? enabled : flows).map(flowName).join(', ');
  const what = name === undefined ? 'one flow must be named' : `there is no flow ${name}`;
  throw new MirrorlessError('CONFIGURATION_INVALID', `${file}: ${what}: ${names || 'none'}.`);
}
