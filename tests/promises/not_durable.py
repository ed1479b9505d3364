"""The mutant: a hub that does not wait for the disk. The power-loss test must find it out.

Run as `ecif serve` is: python not_durable.py --conf DIR
"""

import sys

from ecif.store import engine, store

if __name__ == "__main__":
    store.connect_engine = lambda url, *, durable, **more: engine.connect_engine(url, durable=False, **more)
    store.check_durable = lambda connection: None
    from gateway.cli.main import main  # only now: it may take the names above along

    main(["serve", *sys.argv[1:]])
