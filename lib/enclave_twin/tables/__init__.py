"""The six synthetic raw tables, one module each, under the names of `enclave_registers.schema`."""
