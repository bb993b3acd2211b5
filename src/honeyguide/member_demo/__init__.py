"""The example member dashboard at /member/demo: a page for app developers to read and take from."""
