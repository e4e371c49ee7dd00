using FaceBias.Cli;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
