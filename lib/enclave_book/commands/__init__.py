"""What the command `enclave` can do. Each public function with the argument `given` is one command."""
