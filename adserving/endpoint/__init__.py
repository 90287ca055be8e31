"""The ad server's hot doors: plain WSGI, no SQL, answers from the snapshot."""
