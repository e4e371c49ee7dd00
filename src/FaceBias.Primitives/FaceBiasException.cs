namespace FaceBias;

/// <summary>
/// Something the user can put right: a file, a field, an option. The message is one sentence that names it and says
/// what to do. The command line prints the message alone and exits with 2; any other exception is a fault of the
/// program.
/// </summary>
public class FaceBiasException : Exception
{
    /// <summary>Creates the exception from a sentence for the user.</summary>
    public FaceBiasException(string message) : base(message) { }

    /// <summary>Creates the exception from a sentence for the user and the failure behind it.</summary>
    public FaceBiasException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>For serializers; prefer a constructor with a sentence.</summary>
    public FaceBiasException() { }
}
