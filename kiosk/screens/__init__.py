"""What a worker sees: one class and one .kv file a screen."""
