"""Portfolio: where does risk move?"""
