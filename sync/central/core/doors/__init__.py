"""The stations' doors: how a request is asked, answered and described."""
