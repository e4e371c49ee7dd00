// Commands share what belongs to the process: FACEBIAS_HOME, the working folder, the console.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
