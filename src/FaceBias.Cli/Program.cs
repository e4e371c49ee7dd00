using FaceBias.Cli;

// First, while there are files left to load the rest from.
if (OpenFiles.TooFew() is { } sentence)
{
    Console.Error.WriteLine($"facebias: {sentence}");
    return CommandLine.InputError;
}
FaceBias.Storage.CloudStores.Register();
return await CommandLine.RunAsync(args).ConfigureAwait(false);
