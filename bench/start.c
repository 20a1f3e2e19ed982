/* start [MESSAGES]: a program linked with the library, which sends so many messages and ends. With "wait" behind it, it
 * says when it is done and waits for the end of its input. */

#include <stdlib.h>
#include <unistd.h>

int sd_notify(int unset_environment, const char *state);

int main(int argc, char **argv) {
        char byte = '\n';

        for (int n = argc > 1 ? atoi(argv[1]) : 0; n > 0; n--)
                sd_notify(0, "READY=1");
        if (argc > 2 && (write(STDOUT_FILENO, &byte, 1) != 1 || read(STDIN_FILENO, &byte, 1) != 0))
                return 1;
        return 0;
}
