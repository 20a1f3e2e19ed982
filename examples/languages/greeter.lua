-- A socket-activated service for LuaJIT. The functions' declarations are read from sdnotify.ffi.h as it is installed;
-- what is declared here is of the C library.
--
--     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- luajit greeter.lua /usr/include/libsdnotify/sdnotify.ffi.h
local ffi = require("ffi")
local header = assert(arg[1], "usage: greeter.lua sdnotify.ffi.h")
ffi.cdef(assert(io.open(header)):read("*a"))
ffi.cdef [[
struct pollfd { int fd; short events, revents; };
int poll(struct pollfd *fds, unsigned long nfds, int timeout);
int accept(int socket, void *address, void *length);
ssize_t send(int socket, const void *buffer, size_t size, int flags);
int close(int fd);
int signalfd(int fd, const void *mask, int flags);
int sigemptyset(void *mask);
int sigaddset(void *mask, int signal);
int sigprocmask(int how, const void *mask, void *old);
char *strerror(int errno);
]]
local sd = ffi.load("libsdnotify.so.0")
local SIGTERM, SIG_BLOCK, POLLIN, MSG_NOSIGNAL = 15, 0, 1, 0x4000

local function say(what, result)
  if result < 0 then io.stderr:write(what, ": ", ffi.string(ffi.C.strerror(-result)), "\n") end
  return result
end

local number, usec = ffi.new("int[1]"), ffi.new("uint64_t[1]")
-- 1: the variables are removed, so children do not have them; os.getenv() reads the same environment. The channel
-- is -1 where there is no service manager, and then every send does nothing.
local address = os.getenv("NOTIFY_SOCKET")
say("sdn_connect to " .. tostring(address), sd.sdn_connect(1, number))
local channel = number[0]
say("WATCHDOG_USEC", sd.sdn_heartbeat_interval(1, usec))
if sd.sd_listen_fds(1) ~= 1 then
  error("one socket is needed: start this by a .socket unit, or with sdnotify run --listen")
end

-- A Lua function must not be a signal handler: SIGTERM comes as something to read.
local mask = ffi.new("uint8_t[128]")
ffi.C.sigemptyset(mask)
ffi.C.sigaddset(mask, SIGTERM)
ffi.C.sigprocmask(SIG_BLOCK, mask, nil)
local polled = ffi.new("struct pollfd[2]", { { fd = 3, events = POLLIN }, { fd = ffi.C.signalfd(-1, mask, 0), events = POLLIN } })

say("READY=1", sd.sdn_send(channel, "READY=1\nSTATUS=Waiting for guests"))
local greeted = 0
while polled[1].revents == 0 do
  local timeout = usec[0] > 0 and math.max(1, math.min(tonumber(usec[0]) / 1000, 2147483647)) or -1
  if ffi.C.poll(polled, 2, timeout) > 0 and polled[0].revents ~= 0 then
    local guest = ffi.C.accept(3, nil, nil)
    if guest >= 0 then
      local text = "Hello from LuaJIT\n"
      ffi.C.send(guest, text, #text, MSG_NOSIGNAL)
      ffi.C.close(guest)
      greeted = greeted + 1
      say("status", sd.sdn_status(channel, greeted .. " greeted ✓"))
    end
  end
  if usec[0] > 0 then say("WATCHDOG=1", sd.sdn_send(channel, "WATCHDOG=1")) end
end
say("STOPPING=1", sd.sdn_send(channel, "STOPPING=1"))
