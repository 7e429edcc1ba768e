import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes records exactly as told: partition, timestamp, header order, batch by batch. */
final class Producing {
  private static final Map<String, KafkaProducer<byte[], byte[]>> OPEN = new ConcurrentHashMap<>();

  private Producing() {}

  static KafkaProducer<byte[], byte[]> producer(JsonNode request, Map<String, Object> settings) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", request.get("bootstrapServers").asText());
    config.put("acks", "all");
    // Only a flush ends a batch, so that a batch has as many records as the test says.
    config.put("linger.ms", 60_000);
    config.put("delivery.timeout.ms", 120_000);
    config.put("batch.size", 1_000_000);
    config.put("max.request.size", 64 << 20);
    config.put("buffer.memory", 128L << 20);
    config.putAll(settings);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Flushes after each of `batchSizes`, taken in turn; a part with the acknowledged offsets. */
  static void produce(JsonNode request, Oracle.Answer answer) throws Exception {
    JsonNode transaction = request.get("transaction");
    Map<String, Object> settings = new HashMap<>();
    settings.put("compression.type", request.get("compression").asText());
    if (!transaction.isNull()) {
      settings.put("transactional.id", transaction.get("id").asText());
      settings.put("transaction.timeout.ms", transaction.get("timeoutMs").asInt());
    }
    KafkaProducer<byte[], byte[]> producer = producer(request, settings);
    boolean stayOpen = false;
    try {
      if (!transaction.isNull()) begin(producer);
      long[] offsets = send(producer, request);
      if (!transaction.isNull()) stayOpen = end(producer, transaction);
      answer.part(json -> json.writeArray(offsets, 0, offsets.length));
    } finally {
      if (!stayOpen) producer.close();
    }
  }

  private static void begin(KafkaProducer<byte[], byte[]> producer) {
    producer.initTransactions();
    producer.beginTransaction();
  }

  private static long[] send(KafkaProducer<byte[], byte[]> producer, JsonNode request)
      throws Exception {
    JsonNode sizes = request.get("batchSizes");
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    int batch = 0;
    int inBatch = 0;
    for (JsonNode record : request.get("records")) {
      sent.add(producer.send(record(Topics.topic(request), record)));
      inBatch += 1;
      if (inBatch == sizes.get(batch % sizes.size()).asInt()) {
        producer.flush();
        batch += 1;
        inBatch = 0;
      }
    }
    producer.flush();
    long[] offsets = new long[sent.size()];
    for (int index = 0; index < offsets.length; index += 1) {
      offsets[index] = sent.get(index).get().offset();
    }
    return offsets;
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, JsonNode record)
      throws Exception {
    return new ProducerRecord<>(
        topic,
        record.get(0).asInt(),
        record.get(1).asLong(),
        Records.bytes(record.get(2)),
        Records.bytes(record.get(3)),
        Records.headers(record.get(4)));
  }

  /** True where the transaction stays open for a later `endTransaction`. */
  private static boolean end(KafkaProducer<byte[], byte[]> producer, JsonNode transaction) {
    switch (transaction.get("outcome").asText()) {
      case "commit" -> producer.commitTransaction();
      case "abort" -> producer.abortTransaction();
      case "open" -> {
        OPEN.put(transaction.get("id").asText(), producer);
        return true;
      }
      default -> throw new IllegalArgumentException("outcome is commit, abort or open");
    }
    return false;
  }

  static void endTransaction(JsonNode request, Oracle.Answer answer) {
    KafkaProducer<byte[], byte[]> producer = OPEN.remove(request.get("transactionalId").asText());
    if (producer == null) throw new IllegalArgumentException("no such transaction is open");
    try (producer) {
      if (request.get("outcome").asText().equals("commit")) producer.commitTransaction();
      else producer.abortTransaction();
    }
  }

  /**
   * Many plain records without their bytes travelling as JSON: one of every `partitions` in turn,
   * header `oracle` with producer and sequence (of that partition), incompressible values.
   */
  static void load(JsonNode request, Oracle.Answer answer) throws Exception {
    int partitions = request.get("partitions").asInt();
    long first = request.get("firstSequence").asLong();
    long firstTimestamp = request.get("firstTimestamp").asLong();
    byte[] value = new byte[request.get("valueBytes").asInt()];
    Random random = new Random(1);
    Map<String, Object> settings =
        Map.of(
            "compression.type", request.get("compression").asText(),
            "linger.ms", 5,
            "batch.size", request.get("batchBytes").asInt());
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = producer(request, settings)) {
      for (int index = 0; index < request.get("count").asInt(); index += 1) {
        random.nextBytes(value);
        long sequence = first + index / partitions;
        String tag = request.get("producer").asText() + "/" + sequence;
        List<Header> headers =
            List.of(new RecordHeader("oracle", tag.getBytes(StandardCharsets.UTF_8)));
        byte[] key = Long.toString(sequence).getBytes(StandardCharsets.UTF_8);
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    Topics.topic(request), index % partitions, firstTimestamp + sequence,
                    key, value.clone(), headers)));
      }
      producer.flush();
      for (Future<RecordMetadata> future : sent) future.get();
    }
  }
}
