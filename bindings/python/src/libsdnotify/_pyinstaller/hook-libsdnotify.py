from libsdnotify._pyinstaller import libraries

binaries = libraries()
