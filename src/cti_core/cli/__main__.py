from cti_core.cli import main

main()
