/* Nothing: the library itself is the system's. */
