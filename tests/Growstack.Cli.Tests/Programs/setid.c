// setid: who it runs as; made setuid by the test.
#include "proof.h"
int main(void) { printf("deep %d, effective user is real user: %d\n", descend(3 * MB) > 0, getuid() == geteuid()); return 0; }
