// Deep recursion in Java, its overflow caught again and again, on many threads at the same time, and a child process.
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

public class Stacks {
    static int depth(int n) { return n == 0 ? 0 : 1 + depth(n - 1); }

    static int fall(int n) { return 1 + fall(n + 1); }

    static boolean overflows() {
        try {
            fall(0);
            return false;
        } catch (StackOverflowError expected) {
            return true;
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println(depth(50000));
        AtomicInteger caught = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            long size = (i % 4 + 1) * 512L * 1024;
            Thread thread = new Thread(null, () -> {
                for (int round = 0; round < 3; round++)
                    if (overflows()) caught.incrementAndGet();
            }, "stack " + i, size);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) thread.join();
        System.out.println("caught " + caught.get());
        System.out.println("child " + new ProcessBuilder("sh", "-c", "exit 9").start().waitFor());
        System.exit(13);
    }
}
