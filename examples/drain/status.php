<?php
// The page of the balancer's health check. It is PHP so that php-fpm answers, not the web server alone.
header('Content-Type: text/plain');
echo "in service\n";
