"""Home: is anything burning, and is the system alive?"""
