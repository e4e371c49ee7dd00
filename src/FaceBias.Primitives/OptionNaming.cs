namespace FaceBias;

/// <summary>How notices name options: by the property, or as the program that runs calls it.</summary>
internal static class OptionNaming
{
    /// <summary>Gives the name of a property; the command line sets it to that of the flag, once, when it
    /// starts.</summary>
    public static Func<string, string> Name { get; set; } = property => property;

    /// <summary>A notice that is to be kept or shown, with its options named for who reads it.</summary>
    /// <param name="text">The notice, with ‹› around options, as in messages of
    /// <see cref="FaceBiasException"/>.</param>
    public static string Named(this string text) => FaceBiasException.WithOptions(text, Name);
}
