<?php
// A request that takes a while, and says on which node.
usleep((int) ($_GET['ms'] ?? 0) * 1000);
header('Content-Type: text/plain');
echo getenv('NODE'), " done\n";
