"""Operations that go on: subscriptions over WebSockets and event streams."""
