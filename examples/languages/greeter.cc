// A socket-activated service in C++17. The headers have extern "C" in them, and nothing throws.
//
//     c++ -std=c++17 greeter.cc $(pkg-config --cflags --libs libsdnotify) -o greeter
//     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- ./greeter
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>

#include <poll.h>
#include <sdnotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

// The descriptor of a channel to the service manager, closed at the end; -1 where there is none, and then every send is a
// success that does nothing.
class Channel {
public:
    Channel() {
        const char *address = std::getenv("NOTIFY_SOCKET");
        const std::string what = std::string("sdn_connect to ") + (address ? address : "");
        report(what, sdn_connect(1, &fd_));
    }
    ~Channel() {
        if (fd_ >= 0)
            close(fd_);
    }
    Channel(const Channel &) = delete;
    Channel &operator=(const Channel &) = delete;

    void send(const std::string &state) const { report(state, sdn_send(fd_, state.c_str())); }
    void status(const std::string &line) const { report("STATUS", sdn_status(fd_, line.c_str())); }

private:
    static void report(std::string_view what, int result) {
        if (result < 0)
            std::cerr << what << ": " << std::strerror(-result) << std::endl;
    }

    int fd_ = -1;
};

int main() {
    const Channel manager;
    std::uint64_t usec = 0;
    if (const int result = sdn_heartbeat_interval(1, &usec); result < 0)
        std::cerr << "WATCHDOG_USEC: " << std::strerror(-result) << std::endl;
    if (sd_listen_fds(1) != 1) {
        std::cerr << "one socket is needed: start this by a .socket unit, or with sdnotify run --listen\n";
        return 1;
    }

    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    pollfd polled[] = {{SD_LISTEN_FDS_START, POLLIN, 0}, {signalfd(-1, &mask, SFD_CLOEXEC), POLLIN, 0}};
    const int timeout = usec ? static_cast<int>(std::clamp<std::uint64_t>(usec / 1000, 1, 1'000'000)) : -1;

    manager.send("READY=1\nSTATUS=Waiting for guests");
    for (unsigned greeted = 0; polled[1].revents == 0;) {
        if (poll(polled, 2, timeout) > 0 && polled[0].revents != 0) {
            if (const int guest = accept(SD_LISTEN_FDS_START, nullptr, nullptr); guest >= 0) {
                static constexpr std::string_view text = "Hello from C++\n";
                send(guest, text.data(), text.size(), MSG_NOSIGNAL);
                close(guest);
                manager.status(std::to_string(++greeted) + " greeted ✓");
            }
        }
        if (usec)
            manager.send("WATCHDOG=1");
    }
    manager.send("STOPPING=1");
}
