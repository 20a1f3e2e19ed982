# A socket-activated service in Ruby, by fiddle, which comes with Ruby.
#
#     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- ruby greeter.rb
require "fiddle/import"
require "socket"

module Sd
  extend Fiddle::Importer
  dlload "libsdnotify.so.0"
  extern "int sdn_connect(int, int *)"
  extern "int sdn_send(int, const char *)"
  extern "int sdn_status(int, const char *)"
  extern "int sdn_heartbeat_interval(int, uint64_t *)"
  extern "int sd_listen_fds(int)"

  # Says what went wrong, and goes on: the service must run without its manager too.
  def self.say(what, result)
    warn "#{what}: #{SystemCallError.new(nil, -result).message}" if result.negative?
    result
  end
end

# 1: the variables are removed from the environment of C, which is also that of ENV and of children.
address = ENV["NOTIFY_SOCKET"]
number = Fiddle::Pointer.malloc(8, Fiddle::RUBY_FREE)
Sd.say("sdn_connect to #{address}", Sd.sdn_connect(1, number))
# -1 where there is no service manager, and then every send does nothing.
channel = number[0, 4].unpack1("l")
Sd.say("WATCHDOG_USEC", Sd.sdn_heartbeat_interval(1, number))
usec = number[0, 8].unpack1("Q")
Sd.sd_listen_fds(1) == 1 or abort "one socket is needed: start this by a .socket unit, or with sdnotify run --listen"
server = UNIXServer.for_fd(3)

stop, wake = IO.pipe
trap(:TERM) { wake.write_nonblock(".", exception: false) }
Sd.say("READY=1", Sd.sdn_send(channel, "READY=1\nSTATUS=Waiting for guests"))
greeted = 0
loop do
  ready, = IO.select([server, stop], nil, nil, usec.zero? ? nil : usec / 1e6)
  break if ready&.include?(stop)
  if ready
    server.accept.then { |guest| guest.puts("Hello from Ruby"); guest.close }
    Sd.say("status", Sd.sdn_status(channel, "#{greeted += 1} greeted ✓"))
  end
  # Early beats do no harm, late ones do.
  Sd.say("WATCHDOG=1", Sd.sdn_send(channel, "WATCHDOG=1")) unless usec.zero?
end
Sd.say("STOPPING=1", Sd.sdn_send(channel, "STOPPING=1"))
