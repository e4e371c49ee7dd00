namespace FaceBias.Workflows.Plans;

/// <summary>Failures of workers by what a cluster can do about them: the same again (<see cref="ErrorKind.Busy"/>), or
/// nothing (<see cref="ErrorKind.Permanent"/>), for the plan was checked when it was made.</summary>
internal static class PlanErrors
{
    /// <summary>Does something and sorts its failures.</summary>
    public static T Sorted<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Sort(e);
        }
    }

    /// <summary>The failure by what can be done about it.</summary>
    public static Exception Sort(Exception failure)
    {
        while (failure is AggregateException { InnerExceptions: [var first, ..] })
            failure = first;
        return failure switch
        {
            FaceBiasException { Kind: ErrorKind.Busy or ErrorKind.Permanent or ErrorKind.Internal } => failure,
            FaceBiasException e => new FaceBiasException(e.Text, e,
                Behind(e) is OutOfMemoryException || IsOfStorage(Behind(e)) ? ErrorKind.Busy : ErrorKind.Permanent),
            OutOfMemoryException => new FaceBiasException(
                "Not enough memory; use fewer ‹Workers› or ‹Threads›, or a plan of fewer ‹ShardRows›.", failure,
                ErrorKind.Busy),
            _ when failure.Message.Contains("llocate memory", StringComparison.Ordinal) => new FaceBiasException(
                "The model cannot get enough memory; use fewer ‹Workers› or ‹Threads›.", failure, ErrorKind.Busy),
            _ when IsOfStorage(failure) => new FaceBiasException(
                $"{failure.Message.TrimEnd('.')}; check that the storage is mounted and has room.", failure,
                ErrorKind.Busy),
            _ => failure,
        };
    }

    private static Exception? Behind(Exception failure) =>
        failure.InnerException is FaceBiasException inner ? Behind(inner) : failure.InnerException;

    private static bool IsOfStorage(Exception? failure) =>
        failure is IOException and not EndOfStreamException or UnauthorizedAccessException;
}
