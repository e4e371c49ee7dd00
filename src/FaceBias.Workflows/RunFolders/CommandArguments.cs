namespace FaceBias.Workflows.RunFolders;

/// <summary>What was typed on a command line.</summary>
/// <param name="Values">Options without dashes: true, a text, or texts.</param>
internal sealed record CommandArguments(string Command, IReadOnlyDictionary<string, object> Values);
