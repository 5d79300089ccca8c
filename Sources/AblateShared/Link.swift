// Everything of the shared library is linked through this target; see Package.swift.
