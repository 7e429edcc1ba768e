import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Members of groups of every protocol, and what Kafka's own clients read and write of offsets. */
final class Groups {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Map<String, Member> MEMBERS = new ConcurrentHashMap<>();

  private Groups() {}

  private interface Client extends AutoCloseable {
    /** Returns whether the coordinator has given it something to read, as far as a client knows. */
    boolean poll();

    @Override
    void close();
  }

  /** Polls in a thread of its own until it is told to leave. */
  private static final class Member extends Thread {
    private final Client client;
    private final CountDownLatch joined = new CountDownLatch(1);
    private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
    private volatile boolean leaving;

    Member(Client client) {
      this.client = client;
    }

    @Override
    public void run() {
      try (client) {
        while (!leaving) if (client.poll()) joined.countDown();
      } catch (RuntimeException error) {
        failure.set(error);
      }
      joined.countDown();
    }

    void awaitJoined() throws InterruptedException {
      joined.await();
      if (failure.get() != null) throw failure.get();
    }

    void leave() throws InterruptedException {
      leaving = true;
      join();
    }
  }

  /** Answers when the member has been assigned partitions; a share group's when it has polled. */
  static void join(JsonNode request, Oracle.Answer answer) throws Exception {
    List<String> topics = List.of(Topics.topic(request));
    String protocol = request.get("protocol").asText();
    Member member = new Member(protocol.equals("share") ? share(request, topics)
        : consumer(request, topics, protocol));
    MEMBERS.put(request.get("member").asText(), member);
    member.start();
    member.awaitJoined();
  }

  /** Answers when the coordinator knows that it is gone. */
  static void leave(JsonNode request, Oracle.Answer answer) throws Exception {
    MEMBERS.remove(request.get("member").asText()).leave();
  }

  private static Client consumer(JsonNode request, List<String> topics, String protocol) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config(request, Map.of("group.protocol", protocol)));
    consumer.subscribe(topics);
    return new Client() {
      @Override
      public boolean poll() {
        consumer.poll(POLL);
        return !consumer.assignment().isEmpty();
      }

      @Override
      public void close() {
        consumer.close();
      }
    };
  }

  private static Client share(JsonNode request, List<String> topics) {
    KafkaShareConsumer<byte[], byte[]> consumer =
        new KafkaShareConsumer<>(config(request, Map.of()));
    consumer.subscribe(topics);
    return new Client() {
      @Override
      public boolean poll() {
        consumer.poll(POLL);
        return true;
      }

      @Override
      public void close() {
        consumer.close();
      }
    };
  }

  /** By a consumer that assigns partitions to itself, as simple consumers do. */
  static void commit(JsonNode request, Oracle.Answer answer) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (JsonNode position : request.get("positions")) {
      offsets.put(
          new TopicPartition(position.get(0).asText(), position.get(1).asInt()),
          new OffsetAndMetadata(position.get(2).asLong(), position.get(3).asText()));
    }
    Map<String, Object> settings = Map.of("enable.auto.commit", false);
    try (Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(config(request, settings))) {
      consumer.assign(offsets.keySet());
      consumer.commitSync(offsets);
    }
  }

  static void committed(JsonNode request, Oracle.Answer answer) throws Exception {
    String group = request.get("group").asText();
    try (Admin admin = Topics.admin(request)) {
      admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach(
          (partition, position) -> answer.part(json -> {
            json.writeStartArray();
            json.writeString(partition.topic());
            json.writeNumber(partition.partition());
            json.writeNumber(position.offset());
            json.writeString(position.metadata());
            json.writeEndArray();
          }));
    }
  }

  static void delete(JsonNode request, Oracle.Answer answer) throws Exception {
    try (Admin admin = Topics.admin(request)) {
      admin.deleteConsumerGroups(List.of(request.get("group").asText())).all().get();
    }
  }

  private static Map<String, Object> config(JsonNode request, Map<String, Object> settings) {
    Map<String, Object> config = new HashMap<>(settings);
    config.put("bootstrap.servers", request.get("bootstrapServers").asText());
    config.put("group.id", request.get("group").asText());
    config.put("key.deserializer", ByteArrayDeserializer.class);
    config.put("value.deserializer", ByteArrayDeserializer.class);
    return config;
  }
}
