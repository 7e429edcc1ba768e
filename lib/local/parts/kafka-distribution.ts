/** Apache Kafka's jars, brought once by Maven into the cache. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { MirrorlessError } from '../../errors.ts';
import { installOnce, type Notify } from './cache.ts';
import { requireTools } from './toolchain.ts';

/** 4.3.1 is the newest; 3.9.2 is what people migrate from. */
export type KafkaVersion = '4.3.1' | '3.9.2';

const artifacts = [
  'kafka_2.13',
  'kafka-tools',
  'connect-mirror',
  'connect-mirror-client',
  'connect-runtime',
];

/** Its name in the cache. */
export function kafkaFolder(version: KafkaVersion): string {
  return `kafka-${version}`;
}

/** Returns the class path of that version, downloading it first where it is not in the cache. */
export async function installKafka(version: KafkaVersion, notify: Notify): Promise<string> {
  const directory = await installOnce(kafkaFolder(version), async (unfinished) => {
    await requireTools(['java', 'maven']);
    notify(`Apache Kafka ${version}: downloading`);
    await writeFile(join(unfinished, 'pom.xml'), projectFile(version));
    await whenMavenIsFree(() =>
      copyDependencies(unfinished, (jars) => {
        notify(`Apache Kafka ${version}: downloading, ${jars} files`);
      }),
    );
    notify(`Apache Kafka ${version}: installed`);
  });
  return await classPathOf(join(directory, 'libs'));
}

/**
 * Kafka declares the slf4j API without a binding that works alone; slf4j-simple writes to standard
 * error, which goes to the log file of the process.
 */
function projectFile(version: KafkaVersion): string {
  const dependency = (group: string, artifact: string, wanted: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
    `<version>${wanted}</version><exclusions><exclusion><groupId>org.slf4j</groupId>` +
    '<artifactId>slf4j-reload4j</artifactId></exclusion></exclusions></dependency>';
  const dependencies = [
    ...artifacts.map((artifact) => dependency('org.apache.kafka', artifact, version)),
    dependency('org.slf4j', 'slf4j-simple', '1.7.36'),
  ];
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>mirrorless</groupId><artifactId>kafka</artifactId><version>1</version>',
    `<packaging>pom</packaging><dependencies>${dependencies.join('\n')}</dependencies></project>`,
  ].join('\n');
}

let latestMaven: Promise<unknown> = Promise.resolve();

/** Two Mavens that fill their common repository at the same time can spoil it for each other. */
function whenMavenIsFree(work: () => Promise<void>): Promise<void> {
  const mine = latestMaven.then(work);
  latestMaven = mine.catch(() => {}); // Told to whoever waits for it; the next may still succeed.
  return mine;
}

const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

async function copyDependencies(directory: string, onProgress: (jars: number) => void) {
  const goals = [copyGoal, '-DoutputDirectory=libs', '-DincludeScope=runtime'];
  const maven = spawn('mvn', ['--batch-mode', ...goals], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(maven, 'close');
  const errors: string[] = [];
  let jars = 0;
  for await (const line of createInterface({ input: maven.stdout })) {
    if (line.startsWith('[ERROR]')) errors.push(line.replace('[ERROR] ', ''));
    if (/Downloaded from .*\.jar/.test(line) && ++jars % 20 === 0) onProgress(jars);
  }
  const [code] = await ended;
  if (code === 0) return;
  const what = 'missing: Apache Kafka; Maven could not bring it (is there a network?)';
  throw new MirrorlessError('PART_MISSING', `${what}: ${errors[0] ?? `exit code ${code}`}`);
}

/** Jar by jar: a wildcard has no order, and only the `java` command itself understands it. */
async function classPathOf(directory: string): Promise<string> {
  const jars = (await readdir(directory)).filter((name) => name.endsWith('.jar')).sort();
  return jars.map((jar) => join(directory, jar)).join(delimiter);
}
