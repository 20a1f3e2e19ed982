// A socket-activated service in Go, by cgo. cgo cannot call C functions with variable arguments: format the text in Go and
// pass it to sdn_send() or sdn_status().
//
//	go build greeter.go && sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- ./greeter
package main

/*
#cgo pkg-config: libsdnotify
#include <stdlib.h>
#include <sdnotify.h>
#include <systemd/sd-daemon.h>
*/
import "C"

import (
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
	"unsafe"
)

// A channel to the service manager; -1 where there is none, and then every send is a success that does nothing.
type channel C.int

// connect has to come before anything else: it reads the environment of C, and os.Setenv() in another goroutine would
// change it at the same time. Afterwards the environment does not matter.
func connect() channel {
	var opened C.int
	report("sdn_connect to "+os.Getenv("NOTIFY_SOCKET"), C.sdn_connect(1, &opened))
	return channel(opened)
}

func (c channel) send(state string) {
	text := C.CString(state)
	defer C.free(unsafe.Pointer(text))
	report(state, C.sdn_send(C.int(c), text))
}

// The line may be anything: no part of it becomes an assignment of its own.
func (c channel) status(line string) {
	text := C.CString(line)
	defer C.free(unsafe.Pointer(text))
	report("STATUS", C.sdn_status(C.int(c), text))
}

func report(what string, result C.int) {
	if result < 0 {
		log.Printf("%s: %v", what, syscall.Errno(-result))
	}
}

func main() {
	manager := connect()
	var usec C.uint64_t
	report("WATCHDOG_USEC", C.sdn_heartbeat_interval(1, &usec))
	if C.sd_listen_fds(1) != 1 {
		log.Fatal("one socket is needed: start this by a .socket unit, or with sdnotify run --listen")
	}
	// 1 removed the variables from the environment of C. Go has a copy, which children would inherit.
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
		"LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		os.Unsetenv(name)
	}
	listener, err := net.FileListener(os.NewFile(C.SD_LISTEN_FDS_START, "socket"))
	if err != nil {
		log.Fatal(err)
	}

	connections := make(chan net.Conn)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			connections <- connection
		}
	}()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	var beat <-chan time.Time
	if usec > 0 {
		beat = time.NewTicker(time.Duration(usec) * time.Microsecond).C
	}

	manager.send("READY=1\nSTATUS=Waiting for guests")
	// One loop for everything: the beat stops when the work does.
	for greeted := 1; ; {
		select {
		case connection := <-connections:
			fmt.Fprintln(connection, "Hello from Go")
			connection.Close()
			manager.status(fmt.Sprintf("%d greeted ✓", greeted))
			greeted++
		case <-beat:
			manager.send("WATCHDOG=1")
		case <-stop:
			manager.send("STOPPING=1")
			return
		}
	}
}
