import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.mirror.MirrorClient;
import org.apache.kafka.connect.mirror.OffsetSyncReader;
import org.apache.kafka.connect.mirror.RemoteClusterUtils;

/** What MirrorMaker 2's own clients make of a cluster; `properties` are those of MirrorClient. */
final class Mirror {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Mirror() {}

  /** One part: what the cluster's topics tell, and the hops to each of `aliases`. */
  static void describe(JsonNode request, Oracle.Answer answer) throws Exception {
    Map<String, Object> properties = properties(request);
    try (MirrorClient client = new MirrorClient(properties)) {
      Map<String, Object> told = new HashMap<>();
      told.put("upstreamClusters", new TreeSet<>(client.upstreamClusters()));
      told.put("heartbeatTopics", new TreeSet<>(client.heartbeatTopics()));
      told.put("checkpointTopics", new TreeSet<>(client.checkpointTopics()));
      told.put("remoteTopics", new TreeSet<>(client.remoteTopics()));
      Map<String, Object> remoteTopicsOf = new HashMap<>();
      Map<String, Integer> hops = new HashMap<>();
      for (JsonNode alias : request.get("aliases")) {
        remoteTopicsOf.put(alias.asText(), new TreeSet<>(client.remoteTopics(alias.asText())));
        hops.put(alias.asText(), client.replicationHops(alias.asText()));
      }
      told.put("remoteTopicsOf", remoteTopicsOf);
      told.put("hops", hops);
      told.put("utils", Map.of(
          "upstreamClusters", new TreeSet<>(RemoteClusterUtils.upstreamClusters(properties)),
          "heartbeatTopics", new TreeSet<>(RemoteClusterUtils.heartbeatTopics(properties)),
          "checkpointTopics", new TreeSet<>(RemoteClusterUtils.checkpointTopics(properties))));
      answer.part(json -> Oracle.MAPPER.writeValue(json, told));
    }
  }

  /** Parts `[group, topic, partition, offset, metadata]`, asked for by name: by both classes. */
  static void offsetsOf(JsonNode request, Oracle.Answer answer) throws Exception {
    String group = request.get("group").asText();
    String alias = request.get("alias").asText();
    var translated =
        RemoteClusterUtils.translateOffsets(properties(request), alias, group, PATIENCE);
    try (MirrorClient client = new MirrorClient(properties(request))) {
      requireSame(translated, client.remoteConsumerOffsets(group, alias, PATIENCE));
    }
    write(answer, group, translated);
  }

  /** The same of all groups whose names match, with the form that Kafka 4.3 brought. */
  static void offsetsMatching(JsonNode request, Oracle.Answer answer) throws Exception {
    Pattern pattern = Pattern.compile(request.get("pattern").asText());
    String alias = request.get("alias").asText();
    var translated =
        RemoteClusterUtils.translateOffsets(properties(request), alias, pattern, PATIENCE);
    try (MirrorClient client = new MirrorClient(properties(request))) {
      requireSame(translated, client.remoteConsumerOffsets(pattern, alias, PATIENCE));
    }
    translated.forEach((group, offsets) -> write(answer, group, offsets));
  }

  /** A part for each of `offsets`: its translation, -1 for none. */
  static void readOffsetSyncs(JsonNode request, Oracle.Answer answer) {
    Map<String, String> properties = new HashMap<>();
    properties(request).forEach((name, value) -> properties.put(name, value.toString()));
    var partition =
        new TopicPartition(Topics.topic(request), request.get("partition").asInt());
    write(answer, OffsetSyncReader.fromTopic(properties, partition, longs(request.get("offsets"))));
  }

  /** The same, of `[upstream, downstream]` in `syncs`. */
  static void translateThrough(JsonNode request, Oracle.Answer answer) {
    List<long[]> syncs = new ArrayList<>();
    request.get("syncs").forEach(sync -> syncs.add(longs(sync)));
    write(answer, OffsetSyncReader.fromSyncs(syncs, longs(request.get("offsets"))));
  }

  private static Map<String, Object> properties(JsonNode request) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", request.get("bootstrapServers").asText());
    request.get("properties").properties()
        .forEach(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
    return properties;
  }

  private static void requireSame(Object one, Object other) {
    if (!one.equals(other)) throw new IllegalStateException(one + " is not " + other);
  }

  private static void write(
      Oracle.Answer answer, String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
    offsets.forEach((partition, committed) -> answer.part(json -> {
      json.writeStartArray();
      json.writeString(group);
      json.writeString(partition.topic());
      json.writeNumber(partition.partition());
      json.writeNumber(committed.offset());
      json.writeString(committed.metadata());
      json.writeEndArray();
    }));
  }

  private static void write(Oracle.Answer answer, long[] numbers) {
    answer.part(json -> writeNumbers(json, numbers));
  }

  private static void writeNumbers(JsonGenerator json, long[] numbers) throws IOException {
    json.writeArray(numbers, 0, numbers.length);
  }

  private static long[] longs(JsonNode numbers) {
    long[] longs = new long[numbers.size()];
    for (int i = 0; i < longs.length; i++) longs[i] = numbers.get(i).asLong();
    return longs;
  }
}
