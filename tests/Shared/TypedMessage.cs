using System.Runtime.CompilerServices;
using System.Text.Json;

namespace FaceBias.Tests;

/// <summary>What the command line prints for a failure, as documentation shows it.</summary>
internal static class TypedMessage
{
    /// <summary>The sentence with --near-distance for the property NearDistance.</summary>
    public static string Typed(this FaceBiasException failure) => FaceBiasException.WithOptions(failure.Text, Flag);

    /// <summary>Notices name options so too, in every test.</summary>
    [ModuleInitializer]
    internal static void NameOptions() => OptionNaming.Name = Flag;

    private static string Flag(string property) => property == "LabelOptions.Sources" ? "--labels"
        : "--" + JsonNamingPolicy.KebabCaseLower.ConvertName(property.Split('.')[^1]);
}
