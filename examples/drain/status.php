<?php
// What the balancer's health check asks for. It is PHP so that the answer is php-fpm's, not only the web server's.
header('Content-Type: text/plain');
echo "in service\n";
