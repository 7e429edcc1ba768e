package org.apache.kafka.connect.mirror;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** MirrorMaker 2's own reader of offset syncs; in its package, because Kafka keeps it to itself. */
public final class OffsetSyncReader {
  /** What it answers where MirrorMaker 2 publishes no checkpoint. */
  public static final long NONE = -1;

  private OffsetSyncReader() {}

  /**
   * Reads the topic as a checkpoint task does when it starts.
   *
   * @param properties of a checkpoint connector
   */
  public static long[] fromTopic(
      Map<String, String> properties, TopicPartition partition, long[] offsets) {
    try (OffsetSyncStore store = new OffsetSyncStore(new MirrorCheckpointConfig(properties))) {
      store.start(false);
      return translate(store, partition, offsets);
    }
  }

  /** Reads these (upstream, downstream) one after the other, as if they came from a topic. */
  public static long[] fromSyncs(List<long[]> syncs, long[] offsets) {
    TopicPartition partition = new TopicPartition("topic", 0);
    try (OffsetSyncStore store = new InMemory()) {
      store.start(false);
      for (long[] each : syncs) {
        OffsetSync sync = new OffsetSync(partition, each[0], each[1]);
        store.handleRecord(
            new ConsumerRecord<>("syncs", 0, 0, sync.recordKey(), sync.recordValue()));
      }
      return translate(store, partition, offsets);
    }
  }

  private static long[] translate(
      OffsetSyncStore store, TopicPartition partition, long[] offsets) {
    long[] translated = new long[offsets.length];
    for (int i = 0; i < offsets.length; i++) {
      OptionalLong found = store.translateDownstream("group", partition, offsets[i]);
      translated[i] = found.orElse(NONE);
    }
    return translated;
  }

  private static final class InMemory extends OffsetSyncStore {
    @Override
    void backingStoreStart() {}
  }
}
