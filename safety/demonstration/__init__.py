"""A made-up clinic worth looking at, told through the actions staff use; its facts stand in `story.yaml`."""
