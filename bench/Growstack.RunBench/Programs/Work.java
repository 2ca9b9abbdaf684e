// What an ordinary Java program does for a second or two: text, maps, sorting, streams, deep recursion, a pool of threads.
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

public class Work {
    static int depth(int n) { return n == 0 ? 0 : 1 + depth(n - 1); }

    static String text(int words, int seed) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++)
            text.append("word").append((i * 7919L + seed) % 1009).append(i % 11 == 10 ? '\n' : ' ');
        return text.toString();
    }

    static Map<String, Integer> count(String text) {
        Map<String, Integer> counts = new HashMap<>();
        for (String word : text.split("\\s+"))
            counts.merge(word, 1, Integer::sum);
        return new TreeMap<>(counts);
    }

    static long sorted(int size, int seed) {
        long[] numbers = new long[size];
        for (int i = 0; i < size; i++)
            numbers[i] = (i * 6364136223846793005L + seed) >>> 33;
        Arrays.sort(numbers);
        return numbers[size / 2];
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println(depth(50000));
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<Integer>> answers = new ArrayList<>();
        for (int task = 0; task < 8; task++) {
            int seed = task;
            Callable<Integer> work = () -> count(text(40000, seed)).size() + (int) (sorted(200000, seed) & 1) + depth(2000);
            answers.add(pool.submit(work));
        }
        int sum = 0;
        for (Future<Integer> answer : answers)
            sum += answer.get();
        pool.shutdown();
        String joined = IntStream.range(0, 200000).mapToObj(Integer::toString).filter(number -> number.endsWith("7")).collect(Collectors.joining(","));
        System.out.println(sum + " " + joined.length());
    }
}
