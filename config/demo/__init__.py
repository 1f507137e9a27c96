"""The demo: real, published models, with an invented history of who moved them where.

`load.load` fills an empty database; everything in it is written by the services, as people would write it.
"""
