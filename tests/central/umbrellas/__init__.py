"""A made-up app: umbrellas to borrow. It shows what an app has to bring, and is in no settings."""
