// A Java program with many threads on stacks of a known size, one of which has used some of its own.
public class Threads {
    static int descend(int n) { return n == 0 ? 0 : 1 + descend(n - 1); }

    static void rest() {
        try {
            Thread.sleep(600_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[0]);
        var started = new java.util.concurrent.CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            int number = i;
            var thread = new Thread(null, () -> {
                if (number == 0)
                    descend(3000);
                started.countDown();
                rest();
            }, "resting-" + number, 512 * 1024);
            thread.setDaemon(true);
            thread.start();
        }
        started.await();
        System.out.println("ready");
        System.out.flush();
        rest();
    }
}
