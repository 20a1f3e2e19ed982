// A socket-activated service in Java, by JNA (libjna-java, or net.java.dev.jna:jna).
//
//     javac -cp /usr/share/java/jna.jar -d . Greeter.java
//     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- java -cp /usr/share/java/jna.jar:. Greeter
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import java.nio.charset.StandardCharsets;

public final class Greeter {
    /**
     * libsdnotify. Functions with variable arguments are left out: format in Java. Texts are bytes, as JNA would encode a
     * String by the locale, and the service manager reads UTF-8.
     */
    public interface Sd extends Library {
        int sdn_connect(int unsetEnvironment, IntByReference channel);

        int sdn_send(int channel, byte[] state);

        int sdn_status(int channel, byte[] line);

        int sdn_heartbeat_interval(int unsetEnvironment, LongByReference usec);

        int sd_listen_fds(int unsetEnvironment);
    }

    /** The C library: Java can take over a socket as descriptor 0 only, and the manager passes 3. */
    public interface C extends Library {
        int poll(Poll polled, long count, int timeout);

        int accept(int socket, Object address, Object length);

        long send(int socket, byte[] bytes, long size, int flags);

        int close(int descriptor);

        String strerror(int errno);
    }

    @Structure.FieldOrder({"fd", "events", "revents"})
    public static final class Poll extends Structure {
        public int fd = 3;
        public short events = 1;
        public short revents;
    }

    private static final int MSG_NOSIGNAL = 0x4000;
    private static final C c = Native.load("c", C.class);
    private static final Sd sd = Native.load("libsdnotify.so.0", Sd.class);

    private Greeter() {}

    /** Says what went wrong, and goes on: the service must run without its manager too. */
    private static int say(String what, int result) {
        if (result < 0) {
            System.err.println(what + ": " + c.strerror(-result));
        }
        return result;
    }

    private static byte[] text(String text) {
        return (text + "\0").getBytes(StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) {
        // 1: the variables are removed from the environment of C, so children do not have them. System.getenv() is a
        // copy from the start and still has them; so does ProcessBuilder.environment(), and a child for which that is used.
        var opened = new IntByReference(-1);
        say("sdn_connect to " + System.getenv("NOTIFY_SOCKET"), sd.sdn_connect(1, opened));
        int channel = opened.getValue();
        var usec = new LongByReference();
        say("WATCHDOG_USEC", sd.sdn_heartbeat_interval(1, usec));
        if (sd.sd_listen_fds(1) != 1) {
            System.err.println("one socket is needed: start this by a .socket unit, or with sdnotify run --listen");
            System.exit(1);
        }

        Runtime.getRuntime().addShutdownHook(new Thread(() -> say("STOPPING=1", sd.sdn_send(channel, text("STOPPING=1")))));
        say("READY=1", sd.sdn_send(channel, text("READY=1\nSTATUS=Waiting for guests")));
        boolean watched = usec.getValue() != 0;
        int timeout = watched ? (int) Math.max(1, Math.min(usec.getValue() / 1000, Integer.MAX_VALUE)) : -1;
        var polled = new Poll();
        byte[] hello = "Hello from Java\n".getBytes(StandardCharsets.UTF_8);
        for (int greeted = 0; ; ) {
            if (c.poll(polled, 1, timeout) > 0) {
                int guest = c.accept(3, null, null);
                if (guest >= 0) {
                    c.send(guest, hello, hello.length, MSG_NOSIGNAL);
                    c.close(guest);
                    say("status", sd.sdn_status(channel, text(++greeted + " greeted \u2713")));
                }
            }
            if (watched) {
                say("WATCHDOG=1", sd.sdn_send(channel, text("WATCHDOG=1")));
            }
        }
    }
}
